"""People who do not exist. Their numbers begin with 000, which is no province's."""

PEOPLE = [
    {
        "sub": "sandbox-lan",
        "name": "Nguyễn Thị Lan (thử nghiệm)",
        "citizen_number": "000099000001",
        "identity_level": 2,
    },
    {
        "sub": "sandbox-minh",
        "name": "Trần Văn Minh (thử nghiệm)",
        "citizen_number": "000099000002",
        "identity_level": 2,
    },
    {"sub": "sandbox-sa", "name": "Thạch Thị Sa (thử nghiệm)", "citizen_number": "000099000003", "identity_level": 1},
]
LIES = {
    "": "Nói thật / tell the truth",
    "nonce": "nonce của lần khác / another sign-in's nonce",
    "signature": "Chữ ký của khoá khác / signed by another key",
    "expired": "Mã đã hết hạn / an expired token",
    "audience": "Cấp cho bên khác / meant for somebody else",
    "issuer": "Người cấp khác / another issuer",
    "unsigned": "Không ký / no signature at all",
    "denied": "Người dùng từ chối / the person refuses",
    "fail": "Máy chủ hỏng / the server fails",
}
PAGE = """<!doctype html><html lang="vi"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>VNeID SANDBOX</title><link rel="stylesheet" href="/style.css"><header>SANDBOX</header>
<h1>VNeID SANDBOX</h1><p>Đây không phải VNeID. Những người dưới đây không có thật. / This is not VNeID. The people below do not exist.</p>
<form method="get" action="/choose"><input type="hidden" name="request" value="{request}">
<fieldset><legend>Đăng nhập với tư cách / Sign in as</legend>{people}</fieldset>
<details><summary>Nói dối để thử / Lie, to try it out</summary><fieldset><legend>Lần này / This time</legend>{lies}</fieldset></details>
<p><button>Tiếp tục / Continue</button></p></form></html>"""
STYLE = """body{font:16px/1.5 sans-serif;max-width:36rem;margin:0 auto 32px;padding:0 16px;background:#fff8e6;color:#17252a}
header{background:#f2a33a;margin:0 -16px;padding:8px 16px;font-weight:700;letter-spacing:2px}
label{display:flex;gap:8px;padding:10px 0}fieldset{border:1px solid #ccc;border-radius:8px;background:#fff;margin:12px 0}
button{font:inherit;font-weight:600;min-height:48px;padding:8px 20px;border:0;border-radius:6px;background:#8a1f1f;color:#fff}"""
