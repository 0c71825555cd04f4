"""Views that are classes: one method for all requests, or one for each HTTP method."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, ClassVar, Final

from werkzeug.exceptions import MethodNotAllowed

from .context import current_context
from .coroutines import is_async
from .responses import ResponseReturnValue

__all__ = ["MethodView", "View"]

_METHODS: Final = ("get", "post", "head", "options", "delete", "put", "trace", "patch")


class View:
    """A view as a class: subclasses answer in :meth:`dispatch_request`, and are registered by :meth:`as_view`.

    Attributes:
        methods: The HTTP methods that the view answers; ``GET`` unless set.
        provide_automatic_options: Whether ``OPTIONS`` is answered by the framework; as configured unless set.
        decorators: What is put around the view that :meth:`as_view` makes, the first innermost.
        init_every_request: Make an object for each request. Unset, one object answers all: set nothing on ``self``.
    """

    methods: ClassVar[Collection[str] | None] = None
    provide_automatic_options: ClassVar[bool | None] = None
    decorators: ClassVar[Sequence[Callable[..., Any]]] = ()
    init_every_request: ClassVar[bool] = True

    def dispatch_request(self, *args: Any, **kwargs: Any) -> ResponseReturnValue:
        """Answer a request; the arguments are the values from the path. It may be an ``async def``."""
        raise NotImplementedError(f"{type(self).__qualname__} has no dispatch_request")

    @classmethod
    def as_view(cls, name: str, *class_args: Any, **class_kwargs: Any) -> Callable[..., Any]:
        """Make a view function of the class, to be registered with ``add_url_rule``.

        Args:
            name: Its name, which is the endpoint unless another one is given.
            *class_args: What the objects are made with.
            **class_kwargs: Likewise.
        """
        made: Any = _view_of(cls, class_args, class_kwargs)
        made.__name__, made.__qualname__, made.__module__ = name, name, cls.__module__
        for decorator in cls.decorators:
            made = decorator(made)
        made.view_class = cls
        made.__name__, made.__doc__, made.__module__ = name, cls.__doc__, cls.__module__
        made.methods, made.provide_automatic_options = cls.methods, cls.provide_automatic_options
        view: Callable[..., Any] = made
        return view


def _view_of(cls: type[View], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Callable[..., Any]:
    shared = None if cls.init_every_request else cls(*args, **kwargs)

    waits = is_async(cls.dispatch_request)  # here, so that decorators get an answer, no coroutine

    def view(**values: Any) -> Any:
        answering = (cls(*args, **kwargs) if shared is None else shared).dispatch_request
        return (current_context().app.ensure_sync(answering) if waits else answering)(**values)

    return view


class MethodView(View):
    """A view with a method for each HTTP method: ``get``, ``post``, …, sync or ``async def``.

    ``methods`` is found from those that the class and its bases have. ``HEAD`` falls to ``get``.
    """

    methods: ClassVar[Collection[str] | None] = None
    _async_methods: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {name for name in _METHODS if hasattr(cls, name)}
        if "methods" not in cls.__dict__:
            inherited = {method for base in cls.__bases__ for method in getattr(base, "methods", None) or ()}
            cls.methods = {name.upper() for name in own} | inherited or None
        names = own.union(method.lower() for method in cls.methods or ())
        cls._async_methods = frozenset(name for name in names if is_async(getattr(cls, name, None)))

    def dispatch_request(self, *args: Any, **kwargs: Any) -> ResponseReturnValue:
        """Call the method named as the request's.

        Raises:
            MethodNotAllowed: The rule takes a method that the class does not have.
        """
        context = current_context()
        name = context.request.method.lower()
        if name == "head" and not hasattr(self, name):
            name = "get"
        method = getattr(self, name, None)
        if method is None:
            raise MethodNotAllowed(valid_methods=sorted(type(self).methods or ()))
        return (context.app.ensure_sync(method) if name in self._async_methods else method)(*args, **kwargs)
