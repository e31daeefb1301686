"""How a page leaves: e-mail, SMS, the terminal; test pages and acknowledge links with it."""
