*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -s 2001:db8::/32 -m frag --fragmore -j DROP
COMMIT
----
! #1 drop
#1 pass: 1 terms fragment
! #1 drop
