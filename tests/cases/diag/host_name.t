*filter
-A INPUT -s www.example.org -j DROP
COMMIT
----
rules:2:13: error: host name 'www.example.org': write its address; a name may mean another one tomorrow [host-name]
  -A INPUT -s www.example.org -j DROP
              ^~~~~~~~~~~~~~~
