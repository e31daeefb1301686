"""The HTTP side: the API in JSON, and the page that an acknowledge link opens."""
