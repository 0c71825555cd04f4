"""The command line."""

from .groups import AppGroup, ScriptInfo, pass_script_info, with_appcontext

__all__ = ["AppGroup", "ScriptInfo", "pass_script_info", "with_appcontext"]
