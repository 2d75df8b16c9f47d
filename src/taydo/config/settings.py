"""Settings of a running city: all come from the environment, with defaults that are safe."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from taydo.kernel import manifest

ROOT = Path(__file__).resolve().parents[1]
TAYDO_HOME = Path(os.environ.get("TAYDO_HOME", "var")).resolve()
TAYDO_HOME.mkdir(parents=True, exist_ok=True)
TAYDO_DEMO = os.environ.get("TAYDO_DEMO") == "1"
TAYDO_PORT = int(os.environ.get("TAYDO_PORT", "8000"))
TAYDO_MQTT_PORT = int(os.environ.get("TAYDO_MQTT_PORT", "1883"))
TAYDO_RATE = float(os.environ.get("TAYDO_RATE", "50"))
TAYDO_PROXIES = int(os.environ.get("TAYDO_PROXIES", "0"))
TAYDO_SHARED = Path(os.environ.get("TAYDO_SHARED", "../shared"))
TAYDO_URL = os.environ.get("TAYDO_URL", f"http://localhost:{TAYDO_PORT}")


def _secret() -> str:
    if given := os.environ.get("TAYDO_SECRET"):
        return given
    path = TAYDO_HOME / "secret"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="ascii")
    return path.read_text(encoding="ascii").strip()


SECRET_KEY = _secret()
DEBUG = False
ALLOWED_HOSTS = os.environ.get("TAYDO_HOSTS", "localhost,127.0.0.1,[::1],testserver").split(",")
SECURE = TAYDO_URL.startswith("https://")

DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/taydo")
_url = urlsplit(DATABASE_URL)
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(_url.path.lstrip("/")),
        "USER": unquote(_url.username or ""),
        "PASSWORD": unquote(_url.password or ""),
        "HOST": _url.hostname or "",
        "PORT": str(_url.port or ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"pool": {"min_size": 2, "max_size": int(os.environ.get("TAYDO_POOL", "8")), "timeout": 20}},
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
}
if os.environ.get("TAYDO_POOL") == "0":
    DATABASES["default"]["OPTIONS"] = {}
DATABASE_DSN = DATABASE_URL
NATS_URL = os.environ.get("NATS_URL", "nats://127.0.0.1:4222")

INSTALLED_APPS = [
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "taydo.kernel",
    *(part.module for part in manifest.parts()),
    "taydo.config",
]
AUTH_USER_MODEL = "kernel.Actor"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}}
]
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = None
MIDDLEWARE = [
    "taydo.kernel.http.House",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "taydo.kernel.http.SessionWrites",
]
ROOT_URLCONF = "taydo.config.urls"
WSGI_APPLICATION = "taydo.config.asgi.django_application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [],
        "APP_DIRS": False,
        "OPTIONS": {"environment": "taydo.config.templates.environment", "autoescape": True},
    }
]
STATIC_ROOT = ROOT / "static"
STATIC_URL = "/static/"
SESSION_COOKIE_NAME = "taydo_session"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_NAME = "taydo_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = False
CSRF_TRUSTED_ORIGINS = [TAYDO_URL] if SECURE else []
SECURE_HSTS_SECONDS = 31536000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "vi"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
EMAIL_HOST = os.environ.get("TAYDO_SMTP_HOST", "")
EMAIL_PORT = int(os.environ.get("TAYDO_SMTP_PORT", "25"))
EMAIL_HOST_USER = os.environ.get("TAYDO_SMTP_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("TAYDO_SMTP_PASSWORD", "")
EMAIL_USE_TLS = os.environ.get("TAYDO_SMTP_TLS") == "1"
EMAIL_TIMEOUT = 20
TAYDO_VNEID_ISSUER = os.environ.get("TAYDO_VNEID_ISSUER", "")
TAYDO_VNEID_CLIENT = os.environ.get("TAYDO_VNEID_CLIENT", "")
TAYDO_VNEID_SECRET = os.environ.get("TAYDO_VNEID_SECRET", "")
TAYDO_VNEID_SANDBOX = os.environ.get("TAYDO_VNEID_SANDBOX") == "1"
TAYDO_SMS_URL = os.environ.get("TAYDO_SMS_URL", "")
TAYDO_SMS_SANDBOX = os.environ.get("TAYDO_SMS_SANDBOX") == "1"
TAYDO_SMS_TOKEN = os.environ.get("TAYDO_SMS_TOKEN", "")
TAYDO_MAIL_REPLY_TO = os.environ.get("TAYDO_MAIL_REPLY_TO", "")
DEFAULT_FROM_EMAIL = os.environ.get("TAYDO_MAIL_FROM", "khong-tra-loi@taydo.localhost")
LOGGING_CONFIG = None
TEST_RUNNER = ""
