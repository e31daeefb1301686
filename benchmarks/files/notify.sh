#!/bin/sh
# notify.sh USER SERVICE PORT: one e-mail through msmtp; user u0 of a service has 0+SERVICE@sink.test.
to="${1#u}+$2@sink.test"
exec msmtp -C /dev/null --host=127.0.0.1 --port="$3" --auth=off --tls=off --domain=localhost \
    --from=pager@sink.test "$to" <<END
From: pager@sink.test
To: $to
Subject: $2 is down

$2 is down
END
