% state=own c
*filter
:INPUT DROP [0:0]
-A INPUT -p udp -m statistic --mode random --probability 0.5 -j ACCEPT
-A INPUT -p udp --dport 7001 -m recent --remove --name unseen
-A INPUT -p tcp --dport 23 -m recent --update --name unseen -j DROP
-A INPUT -p tcp --dport 7001 -m recent --remove --name seen
-A INPUT -p tcp --dport 23 -m recent --update --name seen -j DROP
COMMIT
----
TZ_RECENT_MAP(tz_rc_0, 100, 32, 128);
! tz_rc_1
