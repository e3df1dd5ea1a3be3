% state=own c
*filter
:INPUT ACCEPT [0:0]
-A INPUT -m mark --mark 1 -m recent --set --name a
-A INPUT -m recent --rcheck --name a -j DROP
-A INPUT -m mark --mark 1 -m recent --rcheck --name b
-A INPUT -p udp -m recent --set --name b -j DROP
COMMIT
----
TZ_RECENT_MAP(tz_rc_0, 100, 32, 128);
! tz_rc_1
