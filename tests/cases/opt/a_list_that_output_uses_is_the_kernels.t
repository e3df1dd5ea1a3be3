% state=own c
*filter
:INPUT ACCEPT [0:0]
:OUTPUT ACCEPT [0:0]
-A INPUT -p tcp -m recent --rcheck --name a -j DROP
-A INPUT -p udp -m recent --rcheck --name b -j DROP
-A OUTPUT -m recent --set --name a --rdest
COMMIT
----
TZ_RECENT_MAP(tz_rc_0, 100, 32, 128);
! tz_rc_1
TZ_SPEND(state0, tz_recent_0(ctx, s, 0x1, 0, 0)) == TZ_TEST_TRUE
