% c
*mangle
:FORWARD ACCEPT [0:0]
-A FORWARD -s 10.0.0.1 -j MARK --set-mark 1
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
COMMIT
----
route = tz_route(ctx, s);
