% replace c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m recent --set --name a --rsource -j ACCEPT
-A INPUT -p udp -m recent ! --update --seconds 60 --hitcount 40 --name a --rsource -j DROP
-A INPUT -m recent --remove --name b --rdest -j DROP
COMMIT
----
TZ_RECENT_MAP(tz_rc_0, 100, 64, 128);
TZ_RECENT_MAP(tz_rc_1, 100, 32, 128);
TZ_SPEND(state0, tz_recent_0(ctx, s, 0, 0, 0)) == TZ_TEST_TRUE
TZ_SPEND(state0, tz_recent_0(ctx, s, 0x102, 40, 15000)) == TZ_TEST_TRUE
TZ_SPEND(state0, tz_recent_1(ctx, s, 0x803, 0, 0)) == TZ_TEST_TRUE
! tz_rc_2
