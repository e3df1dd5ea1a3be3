% c
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.1 -j MARK --set-mark 1
COMMIT
*filter
:INPUT DROP [0:0]
:FORWARD DROP [0:0]
COMMIT
----
if (tz_forward4(ctx, s) != TZ_V_DROP) return 0;
return tz_input4(ctx, s) == TZ_V_DROP;
