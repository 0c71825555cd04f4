"""How Almanac is set up unless an installation says otherwise."""

SECRET_KEY = "not for production, where the instance folder has another"  # noqa: S105  # as it says
MAX_CONTENT_LENGTH = 64 * 1024
SESSION_COOKIE_NAME = "almanac"
PERMANENT_SESSION_LIFETIME = 60 * 60 * 24 * 7
SEND_FILE_MAX_AGE_DEFAULT = 3600
ENTRIES_ON_A_PAGE = 3
PASSWORD_METHOD = "scrypt"  # noqa: S105  # the name of a method
ALLOWED_FILES = ("txt", "svg", "png")
