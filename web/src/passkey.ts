// Signing in and adding keys with the device's own lock (WebAuthn). Only pages that offer it load this; they work without.
import "./style/identity.css";
import { frame } from "./frame";

type Json = Record<string, unknown>;

function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer: ArrayBuffer | null): string | undefined {
  if (!buffer) return undefined;
  const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

async function post(address: string, body: Json): Promise<Json> {
  const token = /taydo_csrf=([^;]+)/.exec(document.cookie)?.[1] ?? "";
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(String(answer.status));
  return (await answer.json()) as Json;
}

async function signIn(next: string): Promise<void> {
  const asked = await post("/signin/passkey/options", {});
  const publicKey = { ...asked, challenge: bytes(asked.challenge as string), allowCredentials: [] } as PublicKeyCredentialRequestOptions;
  const made = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential;
  const given = made.response as AuthenticatorAssertionResponse;
  const done = await post("/signin/passkey", {
    next,
    credential: {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: {
        clientDataJSON: text(given.clientDataJSON),
        authenticatorData: text(given.authenticatorData),
        signature: text(given.signature),
        userHandle: text(given.userHandle),
      },
    },
  });
  location.assign(done.next as string);
}

async function add(name: string): Promise<void> {
  const asked = await post("/account/factors/passkey/options", {});
  const user = asked.user as Json;
  const known = (asked.excludeCredentials ?? []) as Json[];
  const publicKey = {
    ...asked,
    challenge: bytes(asked.challenge as string),
    user: { ...user, id: bytes(user.id as string) },
    excludeCredentials: known.map((one) => ({ ...one, id: bytes(one.id as string) })),
  } as unknown as PublicKeyCredentialCreationOptions;
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential;
  const given = made.response as AuthenticatorAttestationResponse;
  await post("/account/factors/passkey", {
    name,
    credential: {
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: { clientDataJSON: text(given.clientDataJSON), attestationObject: text(given.attestationObject) },
    },
  });
  location.reload();
}

function offer(place: HTMLElement, button: HTMLButtonElement, work: () => Promise<void>): void {
  const said = place.querySelector<HTMLElement>("[data-said]")!;
  place.hidden = false;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    button.disabled = true;
    said.hidden = true;
    work()
      .catch(() => {
        said.textContent = place.dataset.wrong ?? "";
        said.hidden = false;
      })
      .finally(() => (button.disabled = false));
  });
}

frame();
if ("PublicKeyCredential" in window) {
  for (const place of document.querySelectorAll<HTMLElement>("[data-passkey-signin]"))
    offer(place, place.querySelector("button")!, () => signIn(place.dataset.next ?? ""));
  for (const form of document.querySelectorAll<HTMLFormElement>("[data-passkey-add]"))
    offer(form, form.querySelector("button")!, () => add(String(new FormData(form).get("name") ?? "")));
}
