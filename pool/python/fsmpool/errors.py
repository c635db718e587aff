"""The exceptions that handlers raise, and the one that is raised in them."""


class Retryable(Exception):
    """Raise it when the same request may succeed later."""


class Fatal(Exception):
    """Raise it when this process is not fit for further requests: the pool replaces it."""


class Cancelled(BaseException):
    """Raised in a handler whose caller has gone. Clean up and let it pass.

    It is no Exception, so that few catch it by mistake. Async handlers see asyncio.CancelledError in its place.
    """
