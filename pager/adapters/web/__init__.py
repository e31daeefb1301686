"""HTTP: authentication, the API for programs, the console for people, the acknowledge page."""
