% c
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 192.0.2.0/24 -m rpfilter --validmark -j ACCEPT
-A PREROUTING -s 192.0.2.0/24 -j DROP
COMMIT
----
return TZ_V_ACCEPT;
! rpfilter(
