% c
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.1 -j DROP
COMMIT
*mangle
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 10.0.0.2 -j DROP
COMMIT
*filter
:INPUT DROP [0:0]
-A INPUT -m state --state ESTABLISHED -j ACCEPT
COMMIT
----
#define TZ_CT
v = tz_raw4(ctx, s); if (v != TZ_V_ACCEPT) return v == TZ_V_DROP;
v = tz_prerouting4(ctx, s); if (v != TZ_V_ACCEPT) return v == TZ_V_DROP && tz_ct_is_new(ctx, s);
return tz_ct_is_new(ctx, s);
