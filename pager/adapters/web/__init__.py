"""HTTP: who comes in, the API for programs, the console for people, the acknowledge page."""
