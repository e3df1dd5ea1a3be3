% legacy
*filter
:INPUT ACCEPT [0:0]
-A INPUT -p tcp -m tcp --syn -j DROP
COMMIT
----
! mergeable
