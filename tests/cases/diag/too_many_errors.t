*filter
-A INPUT -j nowhere1
-A INPUT -j nowhere2
-A INPUT -j nowhere3
-A INPUT -j nowhere4
-A INPUT -j nowhere5
-A INPUT -j nowhere6
-A INPUT -j nowhere7
-A INPUT -j nowhere8
-A INPUT -j nowhere9
-A INPUT -j nowhere10
-A INPUT -j nowhere11
-A INPUT -j nowhere12
-A INPUT -j nowhere13
-A INPUT -j nowhere14
-A INPUT -j nowhere15
-A INPUT -j nowhere16
-A INPUT -j nowhere17
-A INPUT -j nowhere18
-A INPUT -j nowhere19
-A INPUT -j nowhere20
-A INPUT -j nowhere21
-A INPUT -j nowhere22
COMMIT
----
rules:2:13: error: table filter has no chain 'nowhere1', and iptables no such target [unknown-target]
  -A INPUT -j nowhere1
              ^~~~~~~~
rules:3:13: error: table filter has no chain 'nowhere2', and iptables no such target [unknown-target]
  -A INPUT -j nowhere2
              ^~~~~~~~
rules:4:13: error: table filter has no chain 'nowhere3', and iptables no such target [unknown-target]
  -A INPUT -j nowhere3
              ^~~~~~~~
rules:5:13: error: table filter has no chain 'nowhere4', and iptables no such target [unknown-target]
  -A INPUT -j nowhere4
              ^~~~~~~~
rules:6:13: error: table filter has no chain 'nowhere5', and iptables no such target [unknown-target]
  -A INPUT -j nowhere5
              ^~~~~~~~
rules:7:13: error: table filter has no chain 'nowhere6', and iptables no such target [unknown-target]
  -A INPUT -j nowhere6
              ^~~~~~~~
rules:8:13: error: table filter has no chain 'nowhere7', and iptables no such target [unknown-target]
  -A INPUT -j nowhere7
              ^~~~~~~~
rules:9:13: error: table filter has no chain 'nowhere8', and iptables no such target [unknown-target]
  -A INPUT -j nowhere8
              ^~~~~~~~
rules:10:13: error: table filter has no chain 'nowhere9', and iptables no such target [unknown-target]
  -A INPUT -j nowhere9
              ^~~~~~~~
rules:11:13: error: table filter has no chain 'nowhere10', and iptables no such target [unknown-target]
  -A INPUT -j nowhere10
              ^~~~~~~~~
rules:12:13: error: table filter has no chain 'nowhere11', and iptables no such target [unknown-target]
  -A INPUT -j nowhere11
              ^~~~~~~~~
rules:13:13: error: table filter has no chain 'nowhere12', and iptables no such target [unknown-target]
  -A INPUT -j nowhere12
              ^~~~~~~~~
rules:14:13: error: table filter has no chain 'nowhere13', and iptables no such target [unknown-target]
  -A INPUT -j nowhere13
              ^~~~~~~~~
rules:15:13: error: table filter has no chain 'nowhere14', and iptables no such target [unknown-target]
  -A INPUT -j nowhere14
              ^~~~~~~~~
rules:16:13: error: table filter has no chain 'nowhere15', and iptables no such target [unknown-target]
  -A INPUT -j nowhere15
              ^~~~~~~~~
rules:17:13: error: table filter has no chain 'nowhere16', and iptables no such target [unknown-target]
  -A INPUT -j nowhere16
              ^~~~~~~~~
rules:18:13: error: table filter has no chain 'nowhere17', and iptables no such target [unknown-target]
  -A INPUT -j nowhere17
              ^~~~~~~~~
rules:19:13: error: table filter has no chain 'nowhere18', and iptables no such target [unknown-target]
  -A INPUT -j nowhere18
              ^~~~~~~~~
rules:20:13: error: table filter has no chain 'nowhere19', and iptables no such target [unknown-target]
  -A INPUT -j nowhere19
              ^~~~~~~~~
rules:21:13: error: table filter has no chain 'nowhere20', and iptables no such target [unknown-target]
  -A INPUT -j nowhere20
              ^~~~~~~~~
rules:21:13: error: too many errors, stopping [too-many-errors]
  -A INPUT -j nowhere20
              ^~~~~~~~~
