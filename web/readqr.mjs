// Reads a VietQR string with vietnam-qr-pay, a reader that we did not write: the string as argument, what it found on standard output.
import vietnamQrPay from "vietnam-qr-pay";

const code = new vietnamQrPay.QRPay(process.argv[2]);
console.log(
  JSON.stringify({
    valid: code.isValid,
    bin: code.consumer.bankBin,
    account: code.consumer.bankNumber,
    amount: code.amount ?? null,
    purpose: code.additionalData.purpose ?? null,
  }),
);
