"""The HTTP side: the API in JSON, the console for people, the page behind an acknowledge link."""
