% log=ring
*filter
:INPUT DROP [0:0]
:LOGDROP - [0:0]
-A INPUT -m conntrack --ctstate INVALID -j LOGDROP
-A LOGDROP -j LOG
-A LOGDROP -j DROP
COMMIT
----
maybe jump LOGDROP
