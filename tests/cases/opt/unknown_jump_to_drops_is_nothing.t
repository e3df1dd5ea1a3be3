*filter
:INPUT DROP [0:0]
:a - [0:0]
-A INPUT -m state --state NEW -j a
-A a -s 10.0.0.1 -j DROP
COMMIT
----
! maybe jump
