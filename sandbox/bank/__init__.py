"""SANDBOX bank: a bank that receives VietQR transfers, and VNPay and MoMo as they are published. No money. For demonstrations and tests."""
