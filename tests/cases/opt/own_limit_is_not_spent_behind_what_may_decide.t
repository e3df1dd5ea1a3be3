% state=own c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m mark --mark 1 -j DROP
-A INPUT -p udp -m limit --limit 1/s -j ACCEPT
-A INPUT -j DROP
COMMIT
----
s->spending |= TZ_SPENDING_UNSURE; } TZ_AGAIN4(s);
tz_state_limit(
