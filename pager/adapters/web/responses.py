"""Headers that every answer to a browser has, and the redirect."""

from http import HTTPStatus

from starlette.responses import RedirectResponse, Response


def browser_headers(style_source: str = "'none'") -> dict[str, str]:
    """The security headers; `style_source` is the source of styles in the CSP."""
    return {
        "Cache-Control": "no-store",
        # With "no-referrer" a browser would also hide the origin of a form.
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
    """303: redirect the browser to `path`, such as after a form (POST/redirect/GET)."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, browser_headers())
