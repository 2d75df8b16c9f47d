"""Units of measurement as Vietnamese instruments write them, brought to one spelling, and the conversions between them."""

from __future__ import annotations

SPELLINGS: dict[str, str] = {
    "ug/m3": "µg/m³", "µg/m3": "µg/m³", "ug/nm3": "µg/m³", "µg/nm3": "µg/m³", "ug/m³": "µg/m³", "μg/m³": "µg/m³", "μg/m3": "µg/m³",
    "mg/m3": "mg/m³", "mg/nm3": "mg/m³", "mg/l": "mg/L", "g/l": "g/L", "‰": "g/L", "permil": "g/L", "ppt": "g/L",
    "oc": "°C", "°c": "°C", "c": "°C", "độ c": "°C", "%": "%", "mm": "mm", "m": "m", "cm": "cm", "m3/h": "m³/h", "m3/s": "m³/s",
    "hpa": "hPa", "kpa": "kPa", "m/s": "m/s", "km/h": "km/h", "us/cm": "µS/cm", "µs/cm": "µS/cm", "ntu": "NTU",
    "mpn/100ml": "MPN/100mL", "pt-co": "Pt-Co", "-": "", "": "",
}  # fmt: skip
FACTORS: dict[tuple[str, str], float] = {
    ("mg/m³", "µg/m³"): 1000.0, ("µg/m³", "mg/m³"): 0.001, ("cm", "m"): 0.01, ("m", "cm"): 100.0, ("mm", "m"): 0.001,
    ("kPa", "hPa"): 10.0, ("hPa", "kPa"): 0.1, ("g/L", "mg/L"): 1000.0, ("mg/L", "g/L"): 0.001, ("km/h", "m/s"): 1 / 3.6,
}  # fmt: skip


def spelled(unit: str) -> str:
    """The house's spelling of a unit; unknown units come back as they are, trimmed."""
    trimmed = unit.strip()
    return SPELLINGS.get(trimmed.lower(), trimmed)


def factor(unit: str, target: str) -> float | None:
    """What to multiply a value in `unit` by to have it in `target`; None when they do not convert."""
    have, want = spelled(unit), spelled(target)
    return 1.0 if have == want else FACTORS.get((have, want))
