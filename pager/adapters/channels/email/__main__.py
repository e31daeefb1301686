"""The process that sends e-mail: started by the server, with the number of its connection."""

import sys
from multiprocessing.connection import Connection

from pager.adapters.channels.email.process import send_mail

send_mail(Connection(int(sys.argv[1])))
