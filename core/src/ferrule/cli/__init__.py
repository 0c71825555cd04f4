"""The command line."""

from .env_files import load_dotenv
from .groups import AppGroup, ScriptInfo, pass_script_info, with_appcontext

__all__ = ["AppGroup", "ScriptInfo", "load_dotenv", "pass_script_info", "with_appcontext"]
