% state=own c
*filter
:INPUT DROP [0:0]
:stage - [0:0]
-A INPUT -p udp -m statistic --mode random --probability 0.5 -j ACCEPT
-A INPUT -p udp --dport 7000 -m recent --set --name knock -j DROP
-A INPUT -p tcp --dport 22 -m recent --rcheck --name knock -j stage
-A INPUT -p udp --dport 7001 -m recent --remove --name bad
-A INPUT -p tcp --dport 23 -m recent --update --name bad -j DROP
-A stage -s 10.0.0.0/8 -j ACCEPT
COMMIT
----
! tz_rc_0
