// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {Pool} from "../props/Markets.sol";
import {Token} from "../props/Tokens.sol";
import {WETH9} from "../props/WETH9.sol";

/// Sells a token before there is a market, and makes the market of what came in.
contract Presale {
    WETH9 private constant WETH = WETH9(payable(0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2));
    address public immutable dev = msg.sender;
    Token public immutable token;
    uint256 public immutable rate; // tokens for a coin
    Pool public pool;
    mapping(address => uint256) public bought;

    event Bought(address indexed who, uint256 coins);
    event Launched(address pool, uint256 coins);

    constructor(Token token_, uint256 rate_) {
        (token, rate) = (token_, rate_);
    }

    function buy() external payable {
        require(address(pool) == address(0), "over");
        bought[msg.sender] += msg.value;
        emit Bought(msg.sender, msg.value);
    }

    function launch() external {
        require(msg.sender == dev, "not the dev");
        uint256 coins = address(this).balance;
        pool = new Pool(token, Token(address(WETH)));
        WETH.deposit{value: coins}();
        WETH.transfer(address(pool), coins);
        token.transfer(address(pool), coins * rate * 8 / 10);
        pool.mint(dev);
        emit Launched(address(pool), coins);
    }

    function claim() external {
        require(address(pool) != address(0), "not yet");
        uint256 amount = bought[msg.sender] * rate;
        bought[msg.sender] = 0;
        token.transfer(msg.sender, amount);
    }
}

/// Carries liquidity from one pool to another, in one go.
contract LiquidityMover {
    address private immutable owner = msg.sender;

    event Moved(address indexed from, address indexed into, uint256 shares);

    function move(Pool from, Pool into, uint256 shares) external {
        require(msg.sender == owner, "not the owner");
        from.transferFrom(owner, address(from), shares);
        from.burn(address(this));
        (Token a, Token b) = (from.token0(), from.token1());
        a.transfer(address(into), a.balanceOf(address(this)));
        b.transfer(address(into), b.balanceOf(address(this)));
        emit Moved(address(from), address(into), into.mint(owner));
    }
}

/// Locks shares of a pool until a time, which may be put off. The arithmetic of putting off is not checked.
contract LpLocker {
    struct Lock {
        Pool pool;
        address owner;
        uint256 amount;
        uint256 until;
    }

    Lock[] public locks;

    event Locked(uint256 indexed id, address indexed pool, address indexed owner, uint256 amount, uint256 until);
    event Extended(uint256 indexed id, uint256 until);
    event Unlocked(uint256 indexed id, uint256 amount);

    function lock(Pool pool, uint256 amount, uint256 until) external returns (uint256 id) {
        pool.transferFrom(msg.sender, address(this), amount);
        id = locks.length;
        locks.push(Lock(pool, msg.sender, amount, until));
        emit Locked(id, address(pool), msg.sender, amount, until);
    }

    function extend(uint256 id, uint256 byS) external {
        Lock storage it = locks[id];
        require(msg.sender == it.owner, "not yours");
        unchecked {
            it.until += byS;
        }
        emit Extended(id, it.until);
    }

    function withdraw(uint256 id, uint256 amount) external {
        Lock storage it = locks[id];
        require(msg.sender == it.owner && block.timestamp >= it.until, "locked");
        it.amount -= amount;
        it.pool.transfer(msg.sender, amount);
        emit Unlocked(id, amount);
    }
}
