"""Simulators: demonstration devices, and recordings played through the doors of real ones."""
