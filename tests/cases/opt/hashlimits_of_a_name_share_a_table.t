% replace c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m hashlimit --hashlimit-above 10/s --hashlimit-mode srcip --hashlimit-name a -j DROP
-A INPUT -p udp -m hashlimit --hashlimit-upto 10/s --hashlimit-mode srcip --hashlimit-name b -j ACCEPT
-A INPUT -m hashlimit --hashlimit-upto 1/s --hashlimit-name a -j ACCEPT
-A INPUT -j DROP
COMMIT
----
TZ_HASHLIMIT_MAP(tz_hl_1,
TZ_SPEND(state0, tz_hashlimit_0(ctx, s, 1)) == TZ_TEST_TRUE
TZ_SPEND(state0, tz_hashlimit_1(ctx, s, 0)) == TZ_TEST_TRUE
TZ_SPEND(state0, tz_hashlimit_0(ctx, s, 0)) == TZ_TEST_TRUE
! tz_hl_2
