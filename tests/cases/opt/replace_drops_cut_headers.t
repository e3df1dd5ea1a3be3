% replace
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p udp -m udp --dport 53 -j ACCEPT
COMMIT
----
#1 drop, not counted: 1 terms short
! fragment
