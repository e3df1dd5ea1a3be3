% state=own nft c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p udp -m limit --limit 10/s --limit-burst 3 -j ACCEPT
-A INPUT -j DROP
COMMIT
----
tz_state_limit_ns(ctx, s, 0, 100000000ull, 200000000ull)
