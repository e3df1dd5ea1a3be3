*filter
-A INPUT -p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15,16 -j DROP
COMMIT
----
rules:2:75: error: more than 15 ports; a range counts as two [too-many-ports]
  -A INPUT -p tcp -m multiport --dports 1:2,3:4,5:6,7:8,9:10,11:12,13:14,15,16 -j DROP
                                                                            ^~
