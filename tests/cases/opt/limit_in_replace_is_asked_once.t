% replace c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m limit --limit 10/s --limit-burst 3 -m quota --quota 1000 -j ACCEPT
-A INPUT -j DROP
COMMIT
----
state0 = TZ_NOT_SPENT; state1 = TZ_NOT_SPENT;
TZ_SPEND(state0, tz_state_limit(ctx, s, 0, 128u, TZ_CREDITS(9600, 3200))) == TZ_TEST_TRUE
TZ_SPEND(state1, tz_state_quota(ctx, s, 1, 1000ull, 0)) == TZ_TEST_TRUE
