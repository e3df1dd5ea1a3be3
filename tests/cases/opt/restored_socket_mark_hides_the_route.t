% c
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p tcp -m socket --restore-skmark -j ACCEPT
COMMIT
*filter
:INPUT DROP [0:0]
COMMIT
----
! tz_route(ctx, s);
! tz_input4(ctx, s) ==
