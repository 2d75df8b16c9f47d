// Photos before they travel: where they were taken (EXIF), and a smaller copy of them.

const LONG_SIDE = 1600;

/** Longitude and latitude from a JPEG's EXIF, or null. `bytes`: the first part of the file. */
export function placeOf(bytes: ArrayBuffer): { lon: number; lat: number } | null {
  try {
    return gps(new DataView(bytes));
  } catch {
    return null; // a broken header says nothing
  }
}

function gps(view: DataView): { lon: number; lat: number } | null {
  if (view.getUint16(0) !== 0xffd8) return null;
  let at = 2;
  while (view.getUint16(at) !== 0xffe1 || view.getUint32(at + 4) !== 0x45786966) {
    if (view.getUint8(at) !== 0xff || view.getUint16(at) === 0xffda) return null;
    at += 2 + view.getUint16(at + 2);
  }
  const tiff = at + 10;
  const little = view.getUint16(tiff) === 0x4949;
  const short = (where: number) => view.getUint16(where, little);
  const long = (where: number) => view.getUint32(where, little);
  const entry = (folder: number, tag: number) => {
    for (let n = 0; n < short(folder); n++) if (short(folder + 2 + 12 * n) === tag) return folder + 2 + 12 * n;
    return 0;
  };
  const pointer = entry(tiff + long(tiff + 4), 0x8825);
  if (!pointer) return null;
  const folder = tiff + long(pointer + 8);
  const angle = (reference: number, value: number, negative: string) => {
    const [sign, where] = [entry(folder, reference), entry(folder, value)];
    if (!sign || !where) return NaN;
    const start = tiff + long(where + 8);
    const part = (n: number) => long(start + 8 * n) / (long(start + 8 * n + 4) || 1);
    const degrees = part(0) + part(1) / 60 + part(2) / 3600;
    return String.fromCharCode(view.getUint8(sign + 8)) === negative ? -degrees : degrees;
  };
  const [lat, lon] = [angle(1, 2, "S"), angle(3, 4, "W")];
  return Number.isFinite(lon) && Number.isFinite(lat) && Math.abs(lat) <= 90 && Math.abs(lon) <= 180 && (lon || lat) ? { lon, lat } : null;
}

/** A copy with its long side at most 1600 px, as JPEG; the file itself when it is small or no picture the browser knows. */
export async function shrink(file: File): Promise<File> {
  if (!file.type.startsWith("image/") || file.size < 250_000) return file;
  try {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONG_SIDE / Math.max(picture.width, picture.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d")!.drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
    const made = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", 0.82));
    return made && made.size < file.size ? new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file;
  }
}
