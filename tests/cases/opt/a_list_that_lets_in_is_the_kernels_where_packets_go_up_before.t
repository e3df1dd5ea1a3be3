% state=own c
*filter
:INPUT DROP [0:0]
-A INPUT -p udp --dport 7000 -j LOG
-A INPUT -p udp --dport 7000 -m recent --set --name knock -j DROP
-A INPUT -p tcp --dport 22 -m recent --rcheck --name knock -j ACCEPT
-A INPUT -p udp --dport 7000:7001 -m recent --set --name bad -j DROP
-A INPUT -p tcp --dport 23 -m recent --rcheck --name bad -j DROP
-A INPUT -p udp --dport 7002 -m recent --set --name known -j DROP
-A INPUT -p tcp --dport 24 -m recent --rcheck --name known -j ACCEPT
COMMIT
----
TZ_RECENT_MAP(tz_rc_0, 100, 32, 128);
TZ_RECENT_MAP(tz_rc_1, 100, 32, 128);
! tz_rc_2
