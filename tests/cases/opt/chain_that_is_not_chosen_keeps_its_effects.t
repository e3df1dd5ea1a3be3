% chain=filter/INPUT c
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.1 -j LOG
-A PREROUTING -s 10.0.0.2 -j DROP
COMMIT
*filter
:INPUT DROP [0:0]
COMMIT
----
v = c0_raw_PREROUTING(ctx, s); if (v != TZ_V_ACCEPT) return TZ_V_PASS;
v = c1_filter_INPUT(ctx, s); if (v != TZ_V_ACCEPT) return v;
