% state=own c
*filter
:INPUT DROP [0:0]
:stage - [0:0]
-A INPUT -p udp --dport 7000 -m recent --set --name knock -j DROP
-A INPUT -p tcp --dport 22 -m recent --rcheck --name knock -j stage
-A INPUT -p udp --dport 7001 -m recent --set --name seen
-A INPUT -p tcp --dport 23 -m recent ! --rcheck --name seen -j DROP
-A INPUT -p udp --dport 7002 -m recent --set --name bad -j DROP
-A INPUT -p tcp --dport 24 -m recent --rcheck --name bad -j DROP
-A stage -s 10.0.0.0/8 -j ACCEPT
COMMIT
----
TZ_RECENT_MAP(tz_rc_0, 100, 32, 128);
! tz_rc_1
