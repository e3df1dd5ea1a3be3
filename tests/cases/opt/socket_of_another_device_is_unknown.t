% c hides-sockets
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -p udp -m socket -j DROP
COMMIT
----
! socket(
