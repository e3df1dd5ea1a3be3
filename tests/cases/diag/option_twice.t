*filter
-A INPUT -s 1.2.3.4 -s 1.2.3.5 -j DROP
COMMIT
----
rules:2:21: error: --source is given twice [repeated-option]
  -A INPUT -s 1.2.3.4 -s 1.2.3.5 -j DROP
                      ^~~~~~~~~~
rules:2:10: note: here is the first
  -A INPUT -s 1.2.3.4 -s 1.2.3.5 -j DROP
           ^~~~~~~~~~
