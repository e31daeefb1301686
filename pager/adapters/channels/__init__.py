"""How a page leaves: e-mail, SMS, the terminal; with it test pages, codes, acknowledge links.

A new kind of Target goes into `Target` in pager/model.py, with its port beside Mail and Sms in
pager/ports.py; mypy then names every `match` that has no case for it yet. How it is sent is a new
folder or module here with `send`, `send_test_page` and `send_code`; pager/channel_wiring.py builds
it.
"""
