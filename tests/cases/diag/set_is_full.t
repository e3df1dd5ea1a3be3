create n hash:net maxelem 2
add n 0.0.0.0/0
add n 10.0.0.0-10.0.2.255
add n 10.1.0.0/16
create m bitmap:port range 1-10
add m 11
create big hash:ip
add big 0.0.0.0/1
create l list:set
add l n
add l l
destroy n
destroy big
create one bitmap:port range 0-0
add one 0
----
rules:2:7: error: '0.0.0.0/0' is no network of IPv4 [ipset]
  add n 0.0.0.0/0
        ^~~~~~~~~
rules:4:7: error: the set 'n' is full: it has 2 members (maxelem) [ipset]
  add n 10.1.0.0/16
        ^~~~~~~~~~~
rules:6:7: error: '11' is out of the range of 'm' [ipset]
  add m 11
        ^~
rules:8:9: error: '0.0.0.0/1' stands for too many members [ipset]
  add big 0.0.0.0/1
          ^~~~~~~~~
rules:11:7: error: 'l' is a list, too [ipset]
  add l l
        ^
rules:12:9: error: 'n' is in the list 'l' [ipset]
  destroy n
          ^
