"""What each answer to a browser has in common, whichever part of the server gives it."""

from http import HTTPStatus

from starlette.responses import RedirectResponse, Response


def browser_headers(style_source: str = "'none'") -> dict[str, str]:
    """The headers of an answer to a browser, which may use the styles of `style_source`."""
    return {
        "Cache-Control": "no-store",
        # With "no-referrer" a browser would not say either where a form comes from.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "X-Robots-Tag": "noindex",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Content-Security-Policy": (
            f"default-src 'none'; style-src {style_source}; script-src 'self'; "
            "connect-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
            "frame-ancestors 'none'"
        ),
    }


def see_other(path: str) -> Response:
    """303: the browser is to go on to `path`, such as after a form was carried out."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, browser_headers())
